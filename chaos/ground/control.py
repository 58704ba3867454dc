"""What an experiment may do to the ground and ask of it, as paths of a local HTTP server.

Invariant: a path answers 200 when what it names was done, or holds; anything else is said with what was seen instead.
"""

import json
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Control:
    """Serves the functions of a table by their names: POST for what is done, GET for what is asked."""

    def __init__(self, table):
        self.table, self.steps = table, []
        control = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                control.answer(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        name, *words = request.path.strip("/").split("/")
        status, said = 200, None
        try:
            said = self.table[name](*words)
        except AssertionError as error:
            status, said = 417, str(error)
        except Exception as error:
            traceback.print_exc()
            status, said = 500, f"{type(error).__name__}: {error}"
        self.steps.append({"step": request.path, "status": status, "said": said})
        content = json.dumps({"said": said}).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
