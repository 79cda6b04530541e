// The slim bar above every page: name, the fleet in one line, search, theme.

export function render({model}) {
  const read = name => JSON.parse(model[name] || "null")
  const bar = {send: message => model.send_msg(message)}
  const summary = h("span", {class: "summary cut"})
  const search = searchField(bar, "Search name, id, user, account, node …")
  const THEMES = {light: ["sun", "Light"], system: ["screen", "As the system"], dark: ["moon", "Dark"]}
  const themes = h("div", {class: "themes", role: "radiogroup", "aria-label": "Theme"})
  const chosen = () => document.documentElement.dataset.theme || "system"

  function drawThemes() {
    themes.replaceChildren(...Object.entries(THEMES).map(([name, [glyph, label]]) => iconButton(glyph, `${label} theme`, () => {
      window.clausiusTheme(name)
      drawThemes()
    }, {role: "radio", "aria-checked": String(chosen() === name)})))
  }

  function draw() {
    const shown = read("bar")
    summary.textContent = summary.title = shown.summary
    search.show(shown.text)
  }

  function onKey(event) {
    const palette = event.key === "k" && (event.ctrlKey || event.metaKey)
    if (!palette && (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event))) return
    event.preventDefault()
    search.input.focus()
    search.input.select()
  }

  model.on("bar", draw)
  draw()
  drawThemes()
  if (model.is_live) {
    document.addEventListener("keydown", onKey)
    model.on("remove", () => document.removeEventListener("keydown", onKey))
  }
  return h("header", {class: "app-bar"}, h("h1", {text: "Clausius"}), summary, search, themes)
}
