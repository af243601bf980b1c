"""The least that a Flask application can answer: what the public paths are measured beside."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """A few octets."""
    return "Hello, World!"
