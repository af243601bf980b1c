"""Who is in the demo: operators, and customers with their contacts."""

from maintenance.accounts import Actor
from maintenance.customers import AgreementValues, ContactValues, CustomerValues

DOMAIN = "demo.example"
ROLES = ("admin", "approver", "operator", "viewer")
ACCOUNTS = {role: f"{role}@{DOMAIN}" for role in ROLES}
ADMIN, APPROVER, OPERATOR = (Actor(ACCOUNTS[role], role) for role in ROLES[:3])

BOTH = ("factuurportal", "nmbrs")


def _customer(
    name: str, services: tuple[str, ...], *contacts: str, **more: object
) -> CustomerValues:
    """A customer; each contact is "address name language"."""
    people = []
    for contact in contacts:
        email, rest = contact.split(" ", 1)
        full_name, language = rest.rsplit(" ", 1)
        people.append(ContactValues(email, full_name, language))
    return CustomerValues(name=name, services=services, contacts=tuple(people), **more)  # type: ignore[arg-type]


CUSTOMERS = {
    "bakkerij-de-korenaar": _customer(
        "Bakkerij De Korenaar",
        ("nmbrs",),
        "marieke@dekorenaar.example Marieke Bakker nl",
        "salaris@dekorenaar.example Salarisadministratie nl",
    ),
    "van-dam-accountants": _customer(
        "Van Dam Accountants",
        BOTH,
        "pieter@vandam.example Pieter van Dam nl",
        "ict@vandam.example ICT-beheer nl",
        level="gold",
    ),
    "northsea-logistics": _customer(
        "Northsea Logistics",
        BOTH,
        "ops@northsea.example Operations desk en",
        "emma.clarke@northsea.example Emma Clarke en",
        level="gold",
    ),
    "gemeente-waterrijk": _customer(
        "Gemeente Waterrijk",
        ("factuurportal",),
        "j.hoekstra@waterrijk.example Jelle Hoekstra nl",
        "crediteuren@waterrijk.example Crediteurenadministratie nl",
        agreements=(AgreementValues("factuurportal", {"notice": {"length": 10}}),),
    ),
    "zorggroep-lindehof": _customer(
        "Zorggroep Lindehof",
        ("nmbrs",),
        "fatima.elamrani@lindehof.example Fatima el Amrani nl",
    ),
    "brightleaf-studios": _customer(
        "Brightleaf Studios",
        ("nmbrs",),
        "tom@brightleaf.example Tom Okafor en",
    ),
    "installatiebedrijf-mulder": _customer(
        "Installatiebedrijf Mulder",
        BOTH,
        "kantoor@mulder.example Kantoor Mulder nl",
    ),
    "de-vries-interieur": _customer(
        "De Vries Interieur",
        ("factuurportal",),
        "anouk@devriesinterieur.example Anouk de Vries nl",
    ),
    "hotel-het-wapen": _customer(
        "Hotel Het Wapen",
        ("nmbrs",),
        "receptie@hetwapen.example Receptie nl",
        "finance@hetwapen.example Sofia Marques en",
    ),
    "polder-energy": _customer(
        "Polder Energy",
        ("factuurportal",),
        "ap@polderenergy.example Accounts payable en",
        "r.jansen@polderenergy.example Rob Jansen nl",
    ),
    "kinderopvang-pimpernel": _customer(
        "Kinderopvang Pimpernel",
        ("nmbrs",),
        "directie@pimpernel.example Yvonne Smeets nl",
    ),
    "tulip-fresh-export": _customer(
        "Tulip Fresh Export",
        BOTH,
        "it@tulipfresh.example IT helpdesk en",
        "lotte@tulipfresh.example Lotte Verbeek nl",
    ),
}
