"""Takes what is sent to it. It sends itself something, and ends."""

import http.server
import threading
import urllib.request


class Taker(http.server.BaseHTTPRequestHandler):
    """Keeps the body of a request."""

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("uploads/last.txt", "wb") as file:
            file.write(body)
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 8000), Taker)
threading.Thread(target=server.serve_forever, daemon=True).start()
request = urllib.request.Request("http://127.0.0.1:8000", data=b"hello", method="PUT")
with urllib.request.urlopen(request) as answer:
    print(answer.status, open("uploads/last.txt", "r").read())
