"""A browser tab without a browser: Streamlit's own messages over its own websocket."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from benchmarks.server import PATIENCE, Server


class Session:
    """One visitor of one page."""

    def __init__(self, socket: ClientConnection, query: str) -> None:
        """Keep the connection; `query` is the link's part after the question mark."""
        self._socket, self._query = socket, query
        self._page = ""  # hash of the page's script
        self._known: set[str] = set()  # messages a browser would have kept
        self.fragment = ""  # id of the page's (last) fragment
        self.buttons: dict[str, str] = {}  # label -> widget id
        self.disabled: set[str] = set()
        self.texts: list[str] = []  # every Markdown text of the last run

    def run(self, *, page: str = "", press: str = "", fragment: str = "") -> list[bytes]:
        """Run a page (by name), or this one again, or one fragment; return what the server sent."""
        message = BackMsg()
        request = message.rerun_script
        request.page_script_hash, request.page_name = self._page, page
        request.query_string, request.fragment_id = self._query, fragment
        request.cached_message_hashes.extend(self._known)
        if press:
            widget = request.widget_states.widgets.add()
            widget.id, widget.trigger_value = self.buttons[press], True
        self._socket.send(message.SerializeToString())
        self.texts.clear()
        return list(self._answer())

    def _answer(self) -> Iterator[bytes]:
        early = ForwardMsg.FINISHED_EARLY_FOR_RERUN  # st.rerun: the same run goes on
        while True:
            raw = self._socket.recv(PATIENCE)
            assert isinstance(raw, bytes)
            yield raw
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                self._known.add(message.hash)
            if kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "delta":
                self._note(message)
            elif kind == "script_finished" and message.script_finished != early:
                return

    def _note(self, message: ForwardMsg) -> None:
        self.fragment = message.delta.fragment_id or self.fragment
        element = message.delta.new_element
        if element.WhichOneof("type") == "button":
            self.buttons[element.button.label] = element.button.id
            mark = self.disabled.add if element.button.disabled else self.disabled.discard
            mark(element.button.label)
        elif element.WhichOneof("type") == "markdown":
            self.texts.append(element.markdown.body)


@contextmanager
def visiting(server: Server, query: str = "") -> Iterator[Session]:
    """Connect to `server` while the block runs."""
    address = f"{server.url.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, compression=None) as socket:  # type: ignore[list-item]
        yield Session(socket, query)


def megabytes(messages: list[bytes]) -> tuple[float, float]:
    """Return the size of messages in MB (10⁶ bytes): raw, and each compressed on its own."""
    raw = sum(map(len, messages))
    packed = sum(len(zlib.compress(message)) for message in messages)
    return raw / 1e6, packed / 1e6
