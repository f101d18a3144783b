-- Neovim from 0.7 on: diagnostics, a code action, format on save. Ends with an error if something is not as it should be.

local function fail(because)
  io.stderr:write(because .. "\n")
  vim.cmd("cquit 1")
end

local function main()
  local client = vim.lsp.start_client({
    name = "dockeropt",
    cmd = { vim.env.DOCKEROPT, "lsp" },
    root_dir = vim.fn.getcwd(),
  })
  vim.lsp.buf_attach_client(0, client)
  local function seen() return #vim.diagnostic.get(0) > 0 end
  assert(vim.wait(20000, seen, 5), "no diagnostics")

  -- A user changes the text and takes it back: the server follows change by change.
  vim.api.nvim_buf_set_lines(0, 1, 1, false, { "# ü 🐍", "ENV X y" })
  vim.api.nvim_buf_set_lines(0, 1, 3, false, {})

  local params = vim.lsp.util.make_given_range_params({ 3, 0 }, { 3, 0 })
  params.context = { diagnostics = {}, only = { "quickfix" } }
  local answers = vim.lsp.buf_request_sync(0, "textDocument/codeAction", params, 20000)
  local fix
  for _, action in ipairs(answers[client].result) do
    if action.isPreferred then fix = action end
  end
  assert(fix, "no preferred fix for line 3")
  vim.lsp.util.apply_workspace_edit(fix.edit, "utf-16")
  vim.fn.writefile(vim.api.nvim_buf_get_lines(0, 0, -1, false), "after-action")

  vim.api.nvim_create_autocmd("BufWritePre", {
    buffer = 0,
    callback = function()
      if vim.lsp.buf.format then
        vim.lsp.buf.format({ timeout_ms = 20000 })
      else
        vim.lsp.buf.formatting_sync(nil, 20000)
      end
    end,
  })
  vim.api.nvim_win_set_cursor(0, { 4, 5 })
  vim.cmd("write")
  local cursor = vim.api.nvim_win_get_cursor(0)
  assert(cursor[1] == 4 and cursor[2] == 5, "the cursor moved to " .. vim.inspect(cursor))
end

local is_fine, because = pcall(main)
if not is_fine then fail(tostring(because)) end
vim.cmd("qall!")
