// The slim bar above every page: name, the fleet in one line, the page's search, "go to", theme.

export function render({model}) {
  const read = name => JSON.parse(model[name] || "null")
  const bar = makeLine(model)
  const summary = h("span", {class: "summary cut"})
  const search = searchField(bar, "Search")
  const jump = makeJump(bar)
  const go = h("button", {type: "button", class: "go", title: "Go to a job, run, project or page (Ctrl K)", onclick: jump.open}, icon("jump"), h("span", {text: "Go to"}), h("kbd", {text: "Ctrl K"}))
  const sides = h("nav", {class: "sides", "aria-label": "Jobs or runs"})
  const THEMES = {light: ["sun", "Light"], system: ["screen", "As the system"], dark: ["moon", "Dark"]}
  const themes = h("div", {class: "themes", role: "radiogroup", "aria-label": "Theme"})
  const chosen = () => document.documentElement.dataset.theme || "system"

  function drawThemes() {
    themes.replaceChildren(...Object.entries(THEMES).map(([name, [glyph, label]]) => iconButton(glyph, `${label} theme`, () => {
      window.clausiusTheme(name)
      drawThemes()
    }, {role: "radio", "aria-checked": String(chosen() === name)})))
  }

  // Jobs or runs: the same place on both pages, and v leads to the other.
  function side({title, href}) {
    if (!href) return h("span", {"aria-current": "page", text: title})
    return h("a", {href, text: title, title: `${title} with the same filters (v)`, data: {focus: "side"}, onclick: event => { if (isBusy()) { event.preventDefault(); follow() } }})
  }

  const isBusy = () => bar.isBusy() || window.clausiusBusy?.()
  function follow(tries = 100) {
    if (isBusy() && tries) setTimeout(() => follow(tries - 1), 50)
    else location.assign(sides.querySelector("a").href)
  }

  function draw() {
    const shown = read("bar")
    summary.textContent = summary.title = shown.summary
    search.hidden = shown.text === null
    search.input.placeholder = shown.hint
    search.show(shown.text ?? "")
    redraw(sides, shown.switch ?? [], items => items.map(side))
    sides.hidden = !shown.switch?.length
  }

  function onKey(event) {
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      jump.open()
    } else if (event.ctrlKey || event.metaKey || event.altKey || "modal" in document.body.dataset || isTyping(event)) {
      return
    } else if (event.key === "v" && sides.querySelector("a")) {
      event.preventDefault()
      sides.querySelector("a").click()
    } else if (event.key === "/") {
      event.preventDefault()
      if (search.hidden) return jump.open()
      search.input.focus()
      search.input.select()
    }
  }

  for (const part of ["bar", "heard"]) model.on(part, draw)
  model.on("found", () => jump.draw(read("found")))
  draw()
  drawThemes()
  if (model.is_live) {
    document.addEventListener("keydown", onKey)
    model.on("remove", () => document.removeEventListener("keydown", onKey))
    model.on("after_render", () => { if (read("props").announces) document.dispatchEvent(new CustomEvent("clausius-live")) })
  }
  return h("header", {class: "app-bar"}, h("h1", {}, h("a", {href: "?page=board", text: "Clausius"})), sides, summary, search, go, themes, jump.node)
}
