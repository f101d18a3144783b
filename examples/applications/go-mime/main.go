// Kinds tells the media types of some names of files.
package main

import (
	"fmt"
	"mime"
)

func main() {
	for _, name := range []string{".html", ".epub", ".odt", ".torrent"} {
		fmt.Println(name, mime.TypeByExtension(name))
	}
}
