// Counts the clicks on the page.
let clicks = 0;
document.addEventListener("click", () => {
  document.title = `${(clicks += 1)} clicks`;
});
