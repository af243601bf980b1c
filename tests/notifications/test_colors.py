"""notifications.colors: calendars take names only."""

from notifications.colors import nearest


def test_a_colour_gets_the_name_of_one_that_looks_like_it() -> None:
    assert nearest("#0b5cad") == "dodgerblue"
    assert nearest("#2b8a3e") == "seagreen"
    assert nearest("#000000") == "black"
    assert nearest("#FF0000") == "red"
