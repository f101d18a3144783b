" Vim filters the text on save. A file that BuildKit would refuse stays as it is, and so does the place of the cursor.
function! s:Dockeropt() abort
  let l:before = getline(1, '$')
  let l:after = systemlist('dockeropt fix --stdin-filename ' . shellescape(expand('%:p')) . ' -', l:before)
  if v:shell_error || l:after ==# l:before
    return
  endif
  let l:view = winsaveview()
  call setline(1, l:after)
  silent! call deletebufline('%', len(l:after) + 1, '$')
  call winrestview(l:view)
endfunction

augroup dockeropt
  autocmd!
  autocmd BufWritePre Dockerfile,Dockerfile.*,*.dockerfile,*.Dockerfile,Containerfile call s:Dockeropt()
augroup END
