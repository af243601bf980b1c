"""The words of the demo: (title, description), each (Dutch, English)."""

EARLIER = (
    (
        8,
        ("Groter facturenarchief", "Larger invoice archive"),
        (
            "We verplaatsen het facturenarchief naar grotere opslag. Tijdens het verplaatsen is "
            "het portaal een uur niet te gebruiken.",
            "We move the invoice archive to larger storage. The portal is unavailable for an hour "
            "while it moves.",
        ),
    ),
    (
        6,
        ("Nieuwe versie van de database", "New database version"),
        (
            "De database van Factuurportal gaat naar een nieuwe versie. Facturen die u in die tijd "
            "instuurt, worden daarna verwerkt.",
            "The database of Factuurportal moves to a new version. Invoices sent in meanwhile are "
            "processed afterwards.",
        ),
    ),
    (
        5,
        ("Uitwijktest", "Failover test"),
        (
            "We testen of Factuurportal goed overschakelt naar het tweede rekencentrum. U merkt "
            "een korte onderbreking bij het heen en weer schakelen.",
            "We test whether Factuurportal switches over to the second data centre as it should. "
            "Expect a short interruption each way.",
        ),
    ),
)

UPDATES = (
    (
        ("Wekelijkse update: verlofoverzicht", "Weekly update: leave overview"),
        (
            "Het verlofoverzicht toont voortaan ook saldi van vorige jaren. Salarisruns starten "
            "kan tijdens de update niet.",
            "The leave overview now shows balances of earlier years too. Payroll runs cannot be "
            "started during the update.",
        ),
        20,
    ),
    (
        ("Wekelijkse update: export naar boekhouding", "Weekly update: accounting export"),
        (
            "De export van journaalposten krijgt een keuze per kostenplaats. Exporteren kan "
            "tijdens de update niet.",
            "The export of journal entries gets a choice per cost centre. Exports cannot be made "
            "during the update.",
        ),
        30,
    ),
    (
        ("Wekelijkse update: inloggen met twee stappen", "Weekly update: two-step sign-in"),
        (
            "Twee stappen bij het inloggen zijn sneller in te stellen. Tijdens de update logt u "
            "mogelijk een keer opnieuw in.",
            "Two-step sign-in is quicker to set up. You may have to sign in again once during the "
            "update.",
        ),
        10,
    ),
    (
        ("Wekelijkse update: loonaangifte", "Weekly update: wage tax return"),
        (
            "De controle van de loonaangifte noemt fouten nu per werknemer. Aangiftes versturen "
            "kan tijdens de update niet.",
            "The check of the wage tax return now lists errors per employee. Returns cannot be "
            "sent during the update.",
        ),
        45,
    ),
    (
        ("Wekelijkse update: declaraties", "Weekly update: expenses"),
        (
            "Declaraties met meer dan één bon gaan voortaan in één keer. Declareren kan tijdens de "
            "update niet.",
            "Expenses with more than one receipt can be filed in one go. Expenses cannot be filed "
            "during the update.",
        ),
        20,
    ),
    (
        ("Wekelijkse update: rapportages", "Weekly update: reports"),
        (
            "Rapportages zijn op te slaan met uw eigen filters. Rapportages zijn tijdens de update "
            "even niet te openen.",
            "Reports can be saved with your own filters. Reports cannot be opened for a moment "
            "during the update.",
        ),
        30,
    ),
    (
        ("Wekelijkse update: jaarovergang", "Weekly update: year end"),
        (
            "De voorbereiding van het nieuwe loonjaar komt beschikbaar. Salarisruns starten kan "
            "tijdens de update niet.",
            "The preparation of the new payroll year becomes available. Payroll runs cannot be "
            "started during the update.",
        ),
        40,
    ),
)

STORAGE = (
    ("Verhuizing naar nieuwe opslag", "Move to new storage"),
    (
        "Documenten en loonstroken verhuizen naar nieuwe, snellere opslag. Nmbrs is tijdens de "
        "verhuizing twee uur niet bereikbaar.",
        "Documents and payslips move to new and faster storage. Nmbrs cannot be reached for two "
        "hours during the move.",
    ),
)
ARCHIVE = (
    ("Snellere zoekfunctie in het archief", "Faster search in the archive"),
    (
        "We bouwen de zoekindex van het archief opnieuw op. Zoeken in oude facturen kan zolang "
        "niet; insturen en goedkeuren wel.",
        "We rebuild the search index of the archive. Old invoices cannot be searched meanwhile; "
        "sending in and approving go on.",
    ),
)
LONGER = {
    "nl": "Het opbouwen van de index duurt langer dan verwacht. We verwachten om kwart voor elf "
    "klaar te zijn. Er gaat niets verloren.",
    "en": "Rebuilding the index takes longer than expected. We expect to be done at a quarter to "
    "eleven. Nothing is lost.",
}
PATCH = (
    ("Beveiligingsupdate van de webserver", "Security update of the web server"),
    (
        "We voeren een beveiligingsupdate uit die niet kan wachten. Factuurportal reageert enkele "
        "minuten trager.",
        "We install a security update that cannot wait. Factuurportal responds more slowly for "
        "some minutes.",
    ),
)
PATCH_REASON = (
    "Lek in de webserver met een publieke exploit; de leverancier adviseert direct bijwerken."
)
REPORTS = (
    ("Indexen van rapportages opnieuw opbouwen", "Rebuild the indexes of reports"),
    (
        "Rapportages zijn tijdelijk trager.",
        "Reports are slower for a while.",
    ),
)
REPORTS_REJECTED = "Overdag op een woensdag is niet nodig; kan mee met de update van dinsdagavond."
DATABASE = (
    ("Onderhoud aan de databaseservers", "Maintenance of the database servers"),
    (
        "We vervangen twee databaseservers. Nmbrs is tijdens het omschakelen niet bereikbaar.",
        "We replace two database servers. Nmbrs cannot be reached while we switch over.",
    ),
)
DATABASE_CANCELLED = "Servers zijn later leverbaar; nieuw voorstel volgt in januari."
PAYSLIPS = (
    ("Loonstroken opnieuw indexeren", "Reindex payslips"),
    (
        "We indexeren de loonstroken opnieuw, zodat zoeken sneller gaat. Loonstroken openen gaat "
        "zolang trager en lukt een kwartier niet.",
        "We reindex the payslips, which makes searching faster. Opening payslips is slower "
        "meanwhile, and not possible for a quarter of an hour.",
    ),
)
HALFWAY = {
    "nl": "We zijn over de helft en liggen op schema. Het kwartier zonder loonstroken is voorbij.",
    "en": "We are past halfway and on schedule. The quarter of an hour without payslips is over.",
}
MONTHLY = (
    ("Maandelijks onderhoud aan de databases", "Monthly database maintenance"),
    (
        "We werken de databases bij en testen het herstel van een back-up. Insturen en goedkeuren "
        "kan drie kwartier niet.",
        "We update the databases and test that a backup restores. Sending in and approving are not "
        "possible for three quarters of an hour.",
    ),
)
CERTIFICATE = (
    ("Nieuw certificaat voor de API", "New certificate for the API"),
    (
        "De API krijgt een nieuw certificaat. Koppelingen krijgen enkele minuten geen antwoord en "
        "proberen het daarna opnieuw.",
        "The API gets a new certificate. Connections get no answer for some minutes, and try again "
        "afterwards.",
    ),
)
CERTIFICATE_REASON = (
    "Het huidige certificaat verloopt eerder dan gepland; wachten betekent uitval van alle "
    "koppelingen. Afgestemd met accountmanagement."
)
PEPPOL = (
    ("Nieuwe Peppol-koppeling", "New Peppol connection"),
    (
        "We stappen over op een nieuw toegangspunt voor Peppol. E-facturen die in die tijd "
        "binnenkomen, worden na afloop verwerkt.",
        "We move to a new Peppol access point. E-invoices that arrive meanwhile are processed "
        "afterwards.",
    ),
)
NETWORK = (
    ("Vervanging van netwerkapparatuur", "Replacement of network equipment"),
    (
        "In het rekencentrum wordt netwerkapparatuur vervangen. Nmbrs en Factuurportal zijn "
        "ongeveer drie kwartier niet bereikbaar, verspreid over de nacht.",
        "Network equipment in the data centre is replaced. Nmbrs and Factuurportal cannot be "
        "reached for about three quarters of an hour, spread over the night.",
    ),
)
LEAVE = (
    ("Nieuwe verlofmodule", "New leave module"),
    (
        "De verlofmodule wordt vervangen. Verlof aanvragen en goedkeuren kan een uur niet.",
        "The leave module is replaced. Leave cannot be requested or approved for an hour.",
    ),
)
SCAN = (
    ("Betere tekstherkenning", "Better text recognition"),
    (
        "De herkenning van gescande facturen krijgt een nieuwe versie. Herkennen staat een uur "
        "stil; wat u instuurt, wordt daarna verwerkt.",
        "The recognition of scanned invoices gets a new version. It stands still for an hour; what "
        "you send in is processed afterwards.",
    ),
)
MIGRATION = (
    ("Migratie van historische loongegevens", "Migration of historical payroll data"),
    (
        "Loongegevens van voor 2015 verhuizen naar de nieuwe database. Oude gegevens zijn overdag "
        "trager te openen.",
        "Payroll data from before 2015 move to the new database. Old data are slower to open "
        "during the day.",
    ),
)
DRAFT = (
    ("Voorbereiding op de nieuwe factuurstandaard", "Preparing for the new invoice standard"),
    (
        "We bereiden Factuurportal voor op de nieuwe Europese factuurstandaard. De duur is nog "
        "niet zeker.",
        "We prepare Factuurportal for the new European invoice standard. How long it takes is "
        "not yet certain.",
    ),
)
