"""How the tests of figures open one in this process, and read what it sends to its widget."""

import json

from streamlit.testing.v1 import AppTest


def opened(script: str, **query: str) -> AppTest:
    """The app of a script, opened by a link with these query parameters; it must not fail."""
    app = AppTest.from_string(script, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def header_of(content: bytes) -> dict:
    """The header of a payload, as the browser reads it."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["header"])
