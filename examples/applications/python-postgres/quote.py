"""Says which library of PostgreSQL it is linked to, and that nobody answers."""

import os

import psycopg2

print("libpq", psycopg2.extensions.libpq_version() // 10000, "or later", psycopg2.apilevel)
try:
    psycopg2.connect("host=127.0.0.1 port=1 dbname=nothing")
except psycopg2.OperationalError as error:
    print(type(error).__name__, "uid", os.getuid())
