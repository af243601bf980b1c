"""The same job by django-mailer or django-post-office: `python -m bench.peers.queued NAME`.

It takes an order from standard input as JSON (folder, port, mails) and says as JSON how many
seconds it took, and how many were sent. Its database is SQLite, as Django sets it up.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command

from bench.said import HTML, TEXT, address

FROM = "onderhoud@vendor.example"
SUBJECT = "Gepland onderhoud Nmbrs"
APPS = {"mailer": "mailer.backend.DbBackend", "post_office": "post_office.EmailBackend"}
CHUNK = 1_000


def main() -> None:
    """Queue the mails, send them, and say how long both took together."""
    name, order = sys.argv[1], json.load(sys.stdin)
    set_up(name, order)
    work: Callable[[int], int] = {"mailer": by_mailer, "post_office": by_post_office}[name]
    began = time.perf_counter()
    sent = work(order["mails"])
    print(json.dumps({"seconds": time.perf_counter() - began, "sent": sent}))


def set_up(name: str, order: dict[str, Any]) -> None:
    """Django with this application alone."""
    folder = Path(order["folder"])
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "queue.sqlite3")}
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", name],
        DATABASES={"default": file},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND=APPS[name],
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=order["port"],
        MAILER_LOCK_PATH=str(folder / "lock"),
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        USE_TZ=True,
    )
    django.setup()
    logging.disable(logging.CRITICAL)
    call_command("migrate", verbosity=0)


def by_mailer(mails: int) -> int:
    """A row for each, then one pass over them."""
    from mailer.engine import send_all  # noqa: PLC0415
    from mailer.models import MessageLog  # noqa: PLC0415

    for number in range(mails):
        mail = EmailMultiAlternatives(SUBJECT, TEXT, FROM, [address(number)])
        mail.attach_alternative(HTML, "text/html")
        mail.send()
    send_all()
    return int(MessageLog.objects.count())


def by_post_office(mails: int) -> int:
    """The same with its own way to queue many."""
    from post_office.mail import send_many, send_queued_mail_until_done  # noqa: PLC0415
    from post_office.models import STATUS, Email  # noqa: PLC0415

    for first in range(0, mails, CHUNK):
        numbers = range(first, min(first + CHUNK, mails))
        send_many([_email(number) for number in numbers])
    send_queued_mail_until_done(processes=1)
    return int(Email.objects.filter(status=STATUS.sent).count())


def _email(number: int) -> dict[str, Any]:
    return {
        "recipients": [address(number)],
        "sender": FROM,
        "subject": SUBJECT,
        "message": TEXT,
        "html_message": HTML,
    }


if __name__ == "__main__":
    main()
