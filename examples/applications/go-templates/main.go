// Guestbook makes a page of a template.
package main

import (
	"fmt"
	"os"
	"strings"
	"text/template"
)

func main() {
	pages := template.Must(template.ParseGlob("templates/*.html"))
	greeting, err := os.ReadFile("/etc/guestbook")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	pages.ExecuteTemplate(os.Stdout, "book.html", strings.TrimSpace(string(greeting)))
}
