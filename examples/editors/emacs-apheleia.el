;; Apheleia, which formats after saving and keeps point where it is.
(with-eval-after-load 'apheleia
  (setf (alist-get 'dockeropt apheleia-formatters)
        '("dockeropt" "fix" "--stdin-filename" filepath "-"))
  (dolist (mode '(dockerfile-mode dockerfile-ts-mode))
    (setf (alist-get mode apheleia-mode-alist) 'dockeropt)))
