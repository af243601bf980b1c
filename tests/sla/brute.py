"""The rules once more, by counting minutes: written from the documents, apart from the rules.

It shares no code with maintenance.sla, but for the library of countries' holidays. A policy is
the tables of its file, a window a `Win`. It is slow and plain on purpose: each minute is asked
what the clock on the wall says.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True)
class Win:
    """A window to count, with UTC instants in whole minutes."""

    kind: str
    start: datetime
    end: datetime
    outage: int
    announced: dict[str, datetime] = field(default_factory=dict)
    justification: str = ""

    def minutes(self):
        at = self.start
        while at < self.end:
            yield at
            at += MINUTE

    @property
    def length(self):
        return sum(1 for _ in self.minutes())


def easter(year):
    """Easter Sunday by Oudin's reckoning."""
    century = year // 100
    golden = year % 19
    step = (century - century // 4 - (century - (century - 17) // 25) // 3 + 19 * golden + 15) % 30
    step -= (step // 28) * (1 - (step // 28) * (29 // (step + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + step + 2 - century + century // 4) % 7
    shift = step - weekday
    month = 3 + (shift + 40) // 44
    return date(year, month, shift + 28 - 31 * (month // 4))


def falls_on(pattern, day, on_sunday=None):
    """Whether a pattern of the calendar falls on a date."""
    pattern = str(pattern)
    if pattern.startswith("easter"):
        return day == easter(day.year) + timedelta(days=int(pattern[6:] or "0"))
    if len(pattern) == 10:
        return day.isoformat() == pattern
    if on_sunday:
        nominal = date.fromisoformat(f"{day.year}-{pattern}")
        return day.strftime("%m-%d") == (on_sunday if nominal.weekday() == 6 else pattern)
    return day.strftime("%m-%d") == pattern


class Brute:
    """One policy, counted by the minute."""

    def __init__(self, source):
        self.source = source
        self.zone = ZoneInfo(source["calendar"]["zone"])
        calendar = source["calendar"]
        if "country" in calendar:
            self.country = holidays.country_holidays(
                calendar["country"], subdiv=calendar.get("subdivision")
            )
        self.working = lru_cache(maxsize=None)(self._working)

    def _working(self, day):
        calendar = self.source["calendar"]
        if NAMES[day.weekday()] not in calendar["working_days"]:
            return False
        if any(falls_on(pattern, day) for pattern in calendar.get("struck", [])):
            return True
        if "country" in calendar and day in self.country:
            return False
        return not any(
            falls_on(holiday["day"], day, holiday.get("on_sunday"))
            for holiday in calendar.get("holidays", [])
        )

    def wall(self, at):
        return at.astimezone(self.zone).replace(tzinfo=None)

    def today(self, at):
        return self.wall(at).date()

    def in_hours(self, name, at):
        wall = self.wall(at)
        clock = wall.strftime("%H:%M")
        for times in self.source["hours"][name]["times"]:
            days = times["days"]
            fits = (
                "daily" in days
                or NAMES[wall.weekday()] in days
                or ("working" in days and self.working(wall.date()))
                or ("non-working" in days and not self.working(wall.date()))
            )
            if fits and times["from"] <= clock < times["to"]:
                return True
        return False

    def touches(self, name, win):
        return any(self.in_hours(name, at) for at in win.minutes())

    def inside(self, name, win):
        return all(self.in_hours(name, at) for at in win.minutes())

    def meets(self, condition, win):
        return (
            ("outage_over" not in condition or win.outage > condition["outage_over"])
            and ("length_over" not in condition or win.length > condition["length_over"])
            and ("touches" not in condition or self.touches(condition["touches"], win))
            and ("inside" not in condition or self.inside(condition["inside"], win))
            and ("outside" not in condition or not self.touches(condition["outside"], win))
        )

    def about(self, rule, win):
        return win.kind in rule["windows"] and self.meets(rule.get("when", {}), win)

    def judge(self, win, history):
        """By rule: (outcome, deadline, used, adds, limit, period)."""
        history = [other for other in history if other.kind != "urgent"]
        found = {}
        for name, rule in self.source["rules"].items():
            urgent_only = rule["windows"] == ["urgent"]
            if win.kind in rule["windows"] or (win.kind != "urgent" and not urgent_only):
                found[name] = self.finding(rule, win, history)
        return found

    def finding(self, rule, win, history):
        result, *figures = getattr(self, "judge_" + rule["kind"])(rule, win, history)
        if not self.about(rule, win):
            result = "not_applicable"
        elif result is True:
            result = "pass"
        elif result is False:
            soft = "advice_when" in rule and self.meets(rule["advice_when"], win)
            result = "advice" if soft else rule["severity"]
        return (result, *figures)

    # each answers (kept, deadline, used, adds, limit, period)

    def judge_notice(self, rule, win, _):
        deadline = getattr(self, "before_" + rule["unit"])(win.start, rule["length"])
        kept = any(
            channel in rule["channels"] and at <= deadline for channel, at in win.announced.items()
        )
        return kept, deadline, None, None, None, None

    def before_hours(self, start, count):
        for _ in range(count * 60):
            start -= MINUTE
        return start

    def before_working_days(self, start, count):
        left = count * 24 * 60
        while left:
            start -= MINUTE
            left -= self.working(self.today(start))
        return start

    def before_calendar_days(self, start, count):
        last = self.today(start) - count * DAY
        while self.today(start - MINUTE) > last:
            start -= MINUTE
        return start

    def before_clear_days(self, start, count):
        return self.before_calendar_days(start, count + 1)

    def before_clock_days(self, start, count):
        wanted = self.wall(start) - count * DAY
        around = wanted.replace(tzinfo=UTC)
        minutes = [around + n * MINUTE for n in range(-15 * 60, 15 * 60)]
        same = [at for at in minutes if self.wall(at) == wanted]
        if same:
            return same[0]
        gap = next(n for n, at in enumerate(minutes) if self.wall(at) > wanted)
        offsets = [at.astimezone(self.zone).utcoffset() for at in minutes[gap - 1 : gap + 1]]
        return min((wanted - offset).replace(tzinfo=UTC) for offset in offsets)

    def judge_count(self, rule, win, history):
        def uses(other):
            minutes = [
                at
                for at in other.minutes()
                if "hours" not in rule or self.in_hours(rule["hours"], at)
            ]
            if rule["counts"] == "days":
                return [(day, 1) for day in sorted({self.today(at) for at in minutes})]
            return [(self.today(other.start), 1)] if minutes else []

        return self.per_period(rule, rule["limit"], win, history, uses)

    def judge_total(self, rule, win, history):
        def uses(other):
            amount = other.outage if rule["measure"] == "outage" else other.length
            return [(self.today(other.start), amount)]

        return self.per_period(rule, rule["limit_minutes"], win, history, uses)

    def per_period(self, rule, limit, win, history, uses):
        mine = uses(win) if self.about(rule, win) else []
        theirs = [use for other in history if self.about(rule, other) for use in uses(other)]
        found = []
        for label, days in self.periods(rule["period"], mine or [(self.today(win.start), 0)]):
            used = sum(amount for day, amount in theirs if day in days)
            adds = sum(amount for day, amount in mine if day in days)
            found.append((used + adds, label, used, adds))
        top = max(total for total, *_ in found)
        _, label, used, adds = next(each for each in found if each[0] == top)
        kept = used + adds <= limit if mine else "not_applicable"
        return kept, None, used, adds, limit, label

    def periods(self, period, mine):
        """Every period that holds a date of `mine`, in order: its label and its dates."""
        if period.endswith(" days"):
            length = int(period.split()[0])
            starts = sorted({day - back * DAY for day, _ in mine for back in range(length)})
            return [
                (f"{first}/{first + (length - 1) * DAY}", {first + n * DAY for n in range(length)})
                for first in starts
            ]
        labels = list(dict.fromkeys(self.label(period, day) for day, _ in sorted(mine)))
        near = [day + n * DAY for day, _ in mine for n in range(-370, 371)]
        return [(name, {day for day in near if self.label(period, day) == name}) for name in labels]

    @staticmethod
    def label(period, day):
        if period == "week":
            return day.strftime("%G-W%V")
        if period == "month":
            return day.strftime("%Y-%m")
        if period == "quarter":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        return str(day.year)

    def judge_longest(self, rule, win, _):
        amount = win.outage if rule["measure"] == "outage" else win.length
        return amount <= rule["limit_minutes"], None, None, amount, rule["limit_minutes"], None

    def judge_hours(self, rule, win, _):
        if "within" in rule:
            kept = self.inside(rule["within"], win)
        else:
            kept = not self.touches(rule["outside"], win)
        return kept, None, None, None, None, None

    def judge_blackout(self, rule, win, _):
        shut = any(
            self.shut(rule, self.today(at))
            for at in win.minutes()
            if "hours" not in rule or self.in_hours(rule["hours"], at)
        )
        return not shut, None, None, None, None, None

    def shut(self, rule, day):
        for item in rule.get("dates", []):
            first, last = (str(item).split("/") * 2)[:2]
            if first <= day.isoformat() <= last:
                return True
        for item in rule.get("yearly", []):
            first, last = (item.split("/") * 2)[:2]
            at = day.strftime("%m-%d")
            if (first <= at <= last) if first <= last else (at >= first or at <= last):
                return True
        month = [date(day.year, day.month, n) for n in range(1, 32) if self.exists(day, n)]
        last_days = rule.get("last_working_days", 0)
        return last_days > 0 and day in [d for d in month if self.working(d)][-last_days:]

    @staticmethod
    def exists(day, number):
        try:
            day.replace(day=number)
        except ValueError:
            return False
        return True

    def judge_gap(self, rule, win, history):
        kept = True
        for other in history:
            if self.about(rule, other):
                between = max(other.start - win.end, win.start - other.end)
                kept = kept and between >= rule["least_minutes"] * MINUTE
        return kept, None, None, None, rule["least_minutes"], None

    def judge_justification(self, rule, win, _):
        kept = bool(win.justification.strip())
        if kept and "scope" in rule and not self.touches(rule["scope"], win):
            return "advice", None, None, None, None, None
        return kept, None, None, None, None, None
