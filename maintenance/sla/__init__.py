"""The core: what was promised. Values in, values out; no Flask, no database, no clock, no settings."""
