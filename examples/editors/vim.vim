" Vim filters the text on save. A file that BuildKit would refuse stays as it is. Cursor and marks stay with their lines.
function! s:Dockeropt() abort
  let l:errors = has('win32') ? ' 2>NUL' : ' 2>/dev/null'
  let l:command = 'dockeropt fix --stdin-filename ' . shellescape(expand('%:p')) . ' -' . l:errors
  let l:after = systemlist(l:command, getline(1, '$'))
  if v:shell_error || empty(l:after)
    return
  endif
  let l:view = winsaveview()
  call s:Replace(l:after)
  let l:view.topline += line('.') - l:view.lnum
  let l:view.lnum = line('.')
  call winrestview(l:view)
endfunction

" Lines that stay are not touched: Vim moves what belongs to them when others are added or go away.
function! s:Replace(after) abort
  let l:at = 0
  for l:text in a:after
    let l:at += 1
    let l:now = getline(l:at)
    if l:at <= line('$') && l:now ==# l:text
      continue
    endif
    let l:ahead = index(getline(l:at, '$'), l:text)
    if l:at > line('$') || index(a:after, l:now, l:at) >= 0
      call append(l:at - 1, l:text)
    elseif l:ahead < 0
      call setline(l:at, l:text)
    else
      call deletebufline('%', l:at, l:at + l:ahead - 1)
    endif
  endfor
  silent! call deletebufline('%', l:at + 1, '$')
endfunction

if !executable('dockeropt')
  echomsg 'dockeropt is not on PATH: Dockerfiles are saved as they are'
endif

augroup dockeropt
  autocmd!
  autocmd BufWritePre Dockerfile,Dockerfile.*,*.dockerfile,*.Dockerfile,Containerfile call s:Dockeropt()
augroup END
