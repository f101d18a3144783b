"""Says that it is well. It serves, asks itself, and ends."""

import http.server
import os
import threading
import urllib.request


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health)
threading.Thread(target=server.serve_forever).start()
with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/health") as answer:
    print(answer.status, "uid", os.getuid())
server.shutdown()
