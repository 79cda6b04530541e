// What every page beside the board shares: messages, the address bar, keys, looking, and what lies above.

const AT_HAND = [["j k", "next, previous row"], ["r", "refresh now"], ["Esc", "close, then clear the selection"], ["/", "search"], ["Ctrl K", "go to a job, run, project or page"], ["?", "this help"]]

function makePage(model, keys = []) {
  const read = name => JSON.parse(model[name] || "null")
  const line = makeLine(model), page = {model, read, ...line, address: makeAddress(model, line), keys: [...keys, ...AT_HAND], fleet: read("fleet")}
  page.overlay = makeOverlay(page)
  page.banner = h("div", {class: "banner", role: "alert", hidden: true})
  page.isOld = cluster => {
    const age = page.fleet.ages[cluster]
    return !age || Boolean(age.error) || clock.now() - age.as_of > 2 * page.fleet.interval
  }
  return page
}

// `draws` is part -> function, in the order of the first drawing; `actions` is key -> function; `tick` runs each second
function runPage(page, root, {draws, actions = {}, tick = () => {}, stop = () => {}}) {
  const {model, read, overlay} = page

  function drawFleet() {
    page.fleet = read("fleet")
    const down = Object.entries(page.fleet.ages).filter(([, age]) => age.error).map(([name]) => name)
    const said = page.fleet.error || (down.length ? `${down.join(" and ")} cannot be asked at the moment: what is shown of ${down.length > 1 ? "them" : "it"} is as it was.` : "")
    page.banner.hidden = !said
    page.banner.classList.toggle("mild", !page.fleet.error)
    page.banner.textContent = page.fleet.error ? `This cannot be shown: ${said}` : said
  }

  function showNotice() {
    const notice = read("notice")
    if (!notice) return
    overlay.say(notice.text, notice.kind)
    if (notice.action) overlay.nodes[2].append(" ", h("button", {type: "button", class: "link", text: notice.action, onclick: () => page.send(notice.send)}))
  }

  // whoever went back before the page lived has gone unheard
  function catchUp() {
    const asked = location.search.slice(1)
    if (!saysSame(new URLSearchParams(asked), new URLSearchParams(read("query")))) page.address.go()
  }

  const all = {fleet: drawFleet, ...draws, notice: showNotice}
  for (const [name, draw] of Object.entries(all)) model.on(name, draw)
  for (const name of ["fleet", ...Object.keys(draws)]) all[name]()

  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || overlay.isOpen()) return
    const target = event.composedPath()[0]
    const action = event.key === "?" ? overlay.help : event.key === "r" ? () => page.send({kind: "refresh"}) : actions[event.key]
    if (!action || (event.key === "Enter" && target instanceof HTMLElement && target.closest("button, a, label, summary"))) return
    event.preventDefault()
    action()
  }
  const look = () => { if (document.visibilityState === "visible" && root.isConnected) page.send({kind: "look"}) }
  const beat = () => { tellTimes(root); tick() }
  beat()
  if (!model.is_live) return root

  document.addEventListener("keydown", onKey)
  window.addEventListener("popstate", page.address.go)
  document.addEventListener("visibilitychange", look)
  const timers = [setInterval(beat, 1000), setInterval(look, 15000)]
  model.on("remove", () => {
    timers.forEach(clearInterval)
    stop()
    document.removeEventListener("keydown", onKey)
    window.removeEventListener("popstate", page.address.go)
    document.removeEventListener("visibilitychange", look)
  })
  model.on("after_render", () => {
    page.send({kind: "begin"})
    catchUp()
    document.dispatchEvent(new CustomEvent("clausius-live"))
  })
  return root
}

// Fill in every age below a node; only text that differs is touched.
function tellTimes(host) {
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text }
  for (const node of host.querySelectorAll("[data-ago]")) {
    put(node, ago(Number(node.dataset.ago)))
    if (!node.title) node.title = moment(Number(node.dataset.ago))
  }
  // from one moment to another, or to now
  for (const node of host.querySelectorAll("[data-from]")) put(node, duration((node.dataset.to ? Number(node.dataset.to) : clock.now()) - node.dataset.from))
}

const field = (title, ...content) => [h("dt", {text: title}), h("dd", {}, ...content)]

function copyButton(page, text, label = "Copy") {
  return iconButton("copy", label, async () => { if (await copyText(text)) page.overlay.say(text.length < 80 ? `copied ${visible(text)}` : "copied") }, {class: "icon small"})
}
