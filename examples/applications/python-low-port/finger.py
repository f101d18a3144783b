"""Says who is who. It serves, asks itself, and ends."""

import os
import socket
import threading

USERS = {"ada": "Ada Lovelace, London", "alan": "Alan Turing, Bletchley"}


def serve(server):
    client, _ = server.accept()
    with client:
        name = client.recv(64).decode().strip()
        client.sendall(f"{USERS.get(name, 'no such user')}\n".encode())


with open("/run/finger.pid", "w") as pid:
    pid.write(str(os.getpid()))
with socket.create_server(("127.0.0.1", 79)) as server:
    threading.Thread(target=serve, args=(server,)).start()
    with socket.create_connection(("127.0.0.1", 79)) as client:
        client.sendall(b"ada\r\n")
        print(client.makefile().read().strip(), os.path.getsize("/run/finger.pid") > 0)
os.remove("/run/finger.pid")
