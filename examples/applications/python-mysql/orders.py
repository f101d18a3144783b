"""Says which driver it has, and that nobody answers."""

import MySQLdb

print("MySQLdb", MySQLdb.apilevel, MySQLdb.paramstyle)
try:
    MySQLdb.connect(host="127.0.0.1", port=1, user="nobody")
except MySQLdb.OperationalError as error:
    print(type(error).__name__, error.args[0])
