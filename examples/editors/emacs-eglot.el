;; Eglot, part of Emacs from 29 on: diagnostics, fixes by `eglot-code-actions', and what is safe on save.
(defun dockeropt-serve ()
  "Let dockeropt look after this buffer, and format it before it is saved."
  (eglot-ensure)
  (add-hook 'before-save-hook #'dockeropt-format nil t))

(defun dockeropt-format ()
  "Format this buffer if it is served: without a server it is saved as it is."
  (when (eglot-managed-p) (eglot-format-buffer)))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((dockerfile-mode dockerfile-ts-mode) . ("dockeropt" "lsp"))))

(add-hook 'dockerfile-mode-hook #'dockeropt-serve)
(add-hook 'dockerfile-ts-mode-hook #'dockeropt-serve)
