// Shelf keeps a list of books. It serves, asks itself, and ends.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sort"
)

type book struct {
	Title string `json:"title"`
	Year  int    `json:"year"`
}

var books = []book{{"Ulysses", 1922}, {"Emma", 1815}, {"Walden", 1854}}

func list(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	sort.Slice(books, func(i, j int) bool { return books[i].Year < books[j].Year })
	json.NewEncoder(w).Encode(books)
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/books", list)
	go http.Serve(listener, nil)

	response, err := http.Get("http://" + listener.Addr().String() + "/books")
	if err != nil {
		log.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	fmt.Printf("%d %s %suid %d\n", response.StatusCode, response.Header.Get("Content-Type"), body, os.Getuid())
}
