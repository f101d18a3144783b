// Ledger adds up numbers in a database in memory.
package main

/*
#cgo LDFLAGS: -lsqlite3
#include <sqlite3.h>

static int total(void) {
	sqlite3 *db;
	sqlite3_stmt *query;
	int sum = -1;
	if (sqlite3_open(":memory:", &db) != SQLITE_OK) return -1;
	sqlite3_exec(db, "create table entry (amount); insert into entry values (3), (4), (5)", 0, 0, 0);
	if (sqlite3_prepare_v2(db, "select sum(amount) from entry", -1, &query, 0) == SQLITE_OK) {
		if (sqlite3_step(query) == SQLITE_ROW) sum = sqlite3_column_int(query, 0);
		sqlite3_finalize(query);
	}
	sqlite3_close(db);
	return sum;
}
*/
import "C"

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("total", C.total(), "uid", os.Getuid())
}
