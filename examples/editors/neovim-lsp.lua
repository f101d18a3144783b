-- Neovim's own client, from 0.8 on: diagnostics, fixes by `vim.lsp.buf.code_action()`, pages by `K`, and what is safe on save.
if vim.fn.has("nvim-0.8") == 0 then
  vim.notify("dockeropt: neovim-lsp.lua needs Neovim 0.8 or later; vim.vim works here", vim.log.levels.WARN)
  return
end

-- The group is emptied when this file is read again, and nothing is added to it later, so that a file is formatted once however often it is opened.
local group = vim.api.nvim_create_augroup("dockeropt", { clear = true })
vim.api.nvim_create_autocmd("FileType", {
  group = group,
  pattern = "dockerfile",
  callback = function(opened)
    local folder = vim.fs.dirname(vim.api.nvim_buf_get_name(opened.buf))
    local marks = vim.fs.find({ "dockeropt.toml", ".git" }, { upward = true, path = folder })
    vim.lsp.start({
      name = "dockeropt",
      cmd = { "dockeropt", "lsp" },
      root_dir = marks[1] and vim.fs.dirname(marks[1]) or vim.fn.getcwd(),
    })
  end,
})
vim.api.nvim_create_autocmd("BufWritePre", {
  group = group,
  callback = function(saved)
    if vim.bo[saved.buf].filetype == "dockerfile" then
      vim.lsp.buf.format({ bufnr = saved.buf, name = "dockeropt", timeout_ms = 500 })
    end
  end,
})
