"""The core: what was promised. Values in, values out; no Flask, database, clock or settings."""
