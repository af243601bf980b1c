"""Every query and every commit, one file per area; session.py says how a transaction is made."""
