# sqlite3 as a library: a file with its journal, transactions, and a database in memory.
import os
import sqlite3
import tempfile

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "data.db")
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table item (id integer primary key, name text, price real)")
    with connection:
        connection.executemany("insert into item (name, price) values (?, ?)", ((f"item {i}", i * 1.5) for i in range(5000)))
    print(connection.execute("select count(*), sum(price), max(name) from item").fetchone())
    other = sqlite3.connect(path)
    print(other.execute("select name from item where id = 77").fetchone())
    try:
        with connection:
            connection.execute("delete from item")
            raise RuntimeError("on purpose")
    except RuntimeError as error:
        print(error, connection.execute("select count(*) from item").fetchone())
    connection.execute("vacuum")
    print(connection.execute("pragma integrity_check").fetchone())
    other.close()
    connection.close()
    print(sorted(os.listdir(folder)))
