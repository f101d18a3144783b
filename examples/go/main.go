// Tells the time in the zone that the path names.
package main

import (
	"fmt"
	"log"
	"net/http"
	"time"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		zone, err := time.LoadLocation(r.URL.Path[1:])
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		fmt.Fprintln(w, time.Now().In(zone).Format(time.RFC1123))
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
