module example.org/guestbook

go 1.22
