-- conform.nvim, which needs no language server.
require("conform").setup({
  formatters = {
    dockeropt = {
      command = "dockeropt",
      args = { "fix", "--stdin-filename", "$FILENAME", "-" },
      stdin = true,
    },
  },
  formatters_by_ft = { dockerfile = { "dockeropt" } },
  format_on_save = { timeout_ms = 500 },
})
