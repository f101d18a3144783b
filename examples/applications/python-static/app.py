"""Serves the files of the folder `static`. It asks itself, and ends."""

import flask

app = flask.Flask(__name__)

if __name__ == "__main__":
    client = app.test_client()
    for name in ["letters.woff2", "days.ics", "notes.odt"]:
        answer = client.get(f"/static/{name}")
        print(name, answer.status_code, answer.content_type)
