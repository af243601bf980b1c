"""5,000 customers with 50 distinct deviations are judged once per distinct set."""

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert

from maintenance import judging
from maintenance.models import Agreement, Customer, db
from maintenance.sla import check
from tests import build
from tests.build import NOW
from tests.test_outages import proposal

CUSTOMERS, DISTINCT = 5_000, 50


@pytest.fixture
def customers(app: Flask) -> None:
    service = build.service("nmbrs")
    numbers = range(1, CUSTOMERS + 1)
    db.session.execute(
        insert(Customer),
        [{"id": n, "slug": f"c-{n:04}", "name": f"C {n}", "updated_at": NOW} for n in numbers],
    )
    db.session.execute(
        insert(Agreement),
        [
            {
                "customer_id": n,
                "service_id": service.id,
                "rules": {"notice": {"length": 3 + n % DISTINCT}},
            }
            for n in numbers
        ],
    )
    db.session.commit()


@pytest.fixture
def counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the core judges by one set of terms, and how many statements are executed."""
    seen: Counter[str] = Counter()
    judge = check._findings

    def findings(*asked: Any) -> Any:
        seen["judgements"] += 1
        return judge(*asked)

    monkeypatch.setattr(check, "_findings", findings)

    def statement(*_: Any) -> None:
        seen["statements"] += 1

    event.listen(db.engine, "before_cursor_execute", statement)
    return seen


def verdict() -> list[tuple[str, str | None]]:
    values = proposal(services=["nmbrs"], kind="planned")
    findings = judging.judge(db.session(), values, NOW).findings
    return [(each.rule, each.customer) for each in findings if each.outcome == "violation"]


@pytest.mark.usefixtures("customers")
def test_each_distinct_set_is_judged_once(counted: Counter[str]) -> None:
    assert verdict() == [("notice", "c-0049")]  # the first of those with the longest notice
    assert counted["judgements"] == 1 + DISTINCT


@pytest.mark.usefixtures("customers")
def test_the_statements_do_not_grow_with_the_customers(counted: Counter[str]) -> None:
    verdict()
    many = counted.pop("statements")
    db.session.query(Agreement).filter(Agreement.customer_id > 1).delete()
    db.session.commit()
    counted.clear()
    verdict()
    assert many == counted["statements"]
    assert many < 10


def test_without_grouping_there_would_be_one_for_each(
    customers: None, counted: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: grouping by terms is what keeps them few."""

    def one_by_one(window: Any, terms: Any) -> Any:
        return [(each.policy, [(each.customer, window.announced)]) for each in terms.agreements]

    monkeypatch.setattr(check, "_by_policy", one_by_one)
    verdict()
    assert counted["judgements"] == 1 + CUSTOMERS
