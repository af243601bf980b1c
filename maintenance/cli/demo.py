"""`maintenance demo`: a month of maintenance to look at."""

from datetime import datetime


def load(now: datetime) -> None: ...
