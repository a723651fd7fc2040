"""The application that people log in to: takes what the browser brings back, and keeps it for the test to read."""
from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

LANDED = "<!doctype html><html lang=en><title>Application</title><link rel=icon href=data:,><main><h1>You are here</h1></main>"

# Asks the login status frame as keycloak-js does, and shows the answer.
ASKS = """<!doctype html><html lang=en><title>waiting</title><link rel=icon href=data:,>
<iframe title="login status"></iframe><script>
const frame = document.querySelector("iframe"), given = new URLSearchParams(location.search);
addEventListener("message", (e) => { if (e.source === frame.contentWindow) document.title = "said " + e.data; });
frame.onload = () => frame.contentWindow.postMessage(given.get("say"), new URL(frame.src).origin);
frame.src = given.get("frame");
</script>"""


class Visit(NamedTuple):
    method: str
    path: str
    parameters: dict[str, str]


class Application:
    def __init__(self):
        application = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked = urlsplit(self.path)
                application.visits.append(Visit("GET", asked.path, dict(parse_qsl(asked.query))))
                self.answer(ASKS if asked.path == "/asks" else LANDED)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                application.visits.append(Visit("POST", urlsplit(self.path).path, dict(parse_qsl(body))))
                self.answer(LANDED)

            def answer(self, page: str):
                content = page.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.visits: list[Visit] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Application:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        self.visits.clear()

    def visit(self, path: str) -> Visit:
        """The last visit of a path, waited for."""
        end = time.monotonic() + 10
        while True:
            for visit in reversed(self.visits):
                if visit.path == path:
                    return visit
            assert time.monotonic() < end, f"nobody came to {path}; {self.visits}"
            time.sleep(0.02)
