# Settings of this installation. Copy to config.py beside this file and uncomment what you change;
# an environment variable of the same name goes before it. MAINTENANCE_INSTANCE_PATH, in the
# environment only, is the folder of this file, the SQLite database, the key and the kept mails.

# The database. Default: SQLite in this folder.
# MAINTENANCE_DATABASE_URL = "postgresql+psycopg://maintenance:password@db.vendor.example/maintenance"

# On PostgreSQL: let jobs of Procrastinate carry the mails, for workers on several machines (install
# with the extra: pip install .[postgres]). Run `maintenance migrate` after switching it on.
# MAINTENANCE_PROCRASTINATE = True

# Where mail is handed in. Not set: mails are kept in mail/ in this folder, and nobody gets them.
# smtp:// or smtps://, ?starttls=1 for TLS after the greeting.
# MAINTENANCE_SMTP_URL = "smtp://user:password@mail.vendor.example:587?starttls=1"

# Who the mails are from; its domain is also that of their Message-IDs.
# MAINTENANCE_MAIL_FROM = "Vendor Maintenance <maintenance@vendor.example>"

# The address at which people reach the web interface; every link in a mail or feed starts with it.
# MAINTENANCE_BASE_URL = "https://maintenance.vendor.example"

# Signs sessions and secret links; at least 16 characters. Not set: made once, kept in secret_key.
# MAINTENANCE_SECRET_KEY = "at least sixteen characters that nobody can guess"

# A folder with policies (*.toml) beside the shipped ones; `maintenance migrate` loads them.
# MAINTENANCE_POLICY_DIR = "/etc/maintenance/policies"

# Where mails that could not be delivered come back: a mailbox that takes plus addresses, since each
# mail has its own. And the Maildir in which it lies, which the worker reads.
# MAINTENANCE_BOUNCE_ADDRESS = "bounces@vendor.example"
# MAINTENANCE_BOUNCE_MAILDIR = "/var/mail/bounces"

# Sign every mail (DKIM): the file with an RSA key in PEM, and the selector under which its public
# half stands in the domain that mails are from.
# MAINTENANCE_DKIM_KEY = "/etc/maintenance/dkim.pem"
# MAINTENANCE_DKIM_SELECTOR = "maintenance"

# How long the mail server may take for an answer, and how long a worker keeps a mail to itself: the
# second has to be the longer, or a mail could be sent twice. In seconds.
# MAINTENANCE_SMTP_TIMEOUT = 600
# MAINTENANCE_LEASE_SECONDS = 900

# A window that is not announced yet is judged as if it were announced so many seconds from now.
# MAINTENANCE_SENDING_MARGIN = 900

# How many proxies in front of this one are trusted to say who asks (X-Forwarded-For and -Proto).
# MAINTENANCE_TRUSTED_PROXIES = 1

# Networks and addresses that webhooks and pushed status pages may reach though they are not public,
# as in "10.20.0.0/16, 192.168.1.5". With one set, http:// may be used beside https://.
# MAINTENANCE_OUTGOING_ALLOW = ""

# Special-use domains (RFC 6761) that addresses may be in all the same: test, local, localhost, ...
# MAINTENANCE_SPECIAL_USE_DOMAINS = ["local"]

# Approvers and administrators have to sign in with a second factor: an authenticator or a passkey.
# MAINTENANCE_REQUIRE_SECOND_FACTOR = True

# Single sign-on with an OpenID Connect provider (install with the extra: pip install .[oidc]), and
# the role that each of its groups gives; who is in none of them does not get in.
# MAINTENANCE_OIDC_ISSUER = "https://login.vendor.example/realms/staff"
# MAINTENANCE_OIDC_CLIENT_ID = "maintenance"
# MAINTENANCE_OIDC_CLIENT_SECRET = "as the provider gave it"
# MAINTENANCE_OIDC_ROLES = {"operations": "operator", "service-managers": "approver"}
