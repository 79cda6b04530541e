// The page of settings: each says what it does and what it may be; lists of rules; clusters with the commands for them.

export function render({model}) {
  const board = makeLine(model)
  board.overlay = makeOverlay(board)
  const banner = h("div", {class: "banner", role: "alert", hidden: true}), content = h("div", {class: "sheets"})
  const root = h("div", {class: "board settings", tabIndex: -1}, banner, h("main", {}, content), ...board.overlay.nodes)
  const THEMES = {light: "Light", system: "As the system", dark: "Dark"}

  function setting(one) {
    const set = value => board.choose(one.key, value, {kind: "set", key: one.key, value})
    const input = one.is_switch
      ? h("label", {class: "switch"}, h("input", {type: "checkbox", role: "switch", checked: one.value, "aria-label": one.title, data: {focus: one.key}, onchange: event => set(event.target.checked)}), h("i"), h("span", {text: one.value ? "on" : "off"}))
      : h("label", {class: "amount"}, h("input", {type: "number", value: one.value, "aria-label": one.title, data: {focus: one.key}, oninput: typing, onchange: event => { typing(event); set(event.target.value) }}), h("span", {class: "muted", text: one.unit}))
    const usual = one.is_switch ? (one.default ? "on" : "off") : `${one.default} ${one.unit}`
    return [h("div", {}, h("b", {text: one.title}), h("span", {class: "mono muted", text: one.key}), h("p", {class: "muted", text: `${one.doc[0].toUpperCase()}${one.doc.slice(1)}.`})),
      h("div", {class: "value"}, input, h("small", {class: "muted", text: one.is_switch ? `usually ${usual}` : `${one.allowed.replace("a whole number from", "from")}; usually ${usual}`}),
        one.value !== one.default && h("button", {type: "button", class: "link", text: "As at first", onclick: () => set(one.default)}))]
  }

  function command(text) {
    return h("li", {}, h("code", {text}), iconButton("copy", `Copy: ${text}`, async () => { if (await copyText(text)) board.overlay.say(`copied: ${text}`) }, {class: "icon small"}))
  }

  function cluster(one) {
    const fresh = one.as_of === null ? h("span", {class: "muted", text: one.error ? "" : "never asked"}) : h("span", {class: "muted"}, "last answer ", h("span", {data: {ago: one.as_of}, text: ago(one.as_of)}))
    return h("li", {class: "cluster"}, h("div", {}, h("b", {text: one.name}), h("span", {class: "mono muted", text: one.where}), h("p", {class: "muted", text: [one.description, one.scope, one.version && `Slurm ${one.version}`, one.accounting === "no" && "no accounting"].filter(Boolean).join(" · ")}),
      one.error && h("p", {class: "bad", text: one.error}), fresh), h("details", {}, h("summary", {text: "Commands"}), h("ul", {class: "commands"}, ...one.commands.map(command))))
  }

  function field(list, one) {
    if (one.choices.length) return h("select", {name: one.name, "aria-label": one.name}, ...one.choices.map(value => h("option", {value, text: value || one.hint})))
    return h("input", {type: "text", name: one.name, placeholder: one.hint, "aria-label": `${list.title}: ${one.name}`, spellcheck: false})
  }

  function rules(list, readOnly) {
    const form = h("form", {class: "rule", oninput: typing, onsubmit: event => {
      event.preventDefault()
      for (const field of form.elements) field.isTyped = false
      board.send({kind: "add", what: list.kind, fields: Object.fromEntries(new FormData(form))})
    }}, ...list.fields.map(one => field(list, one)), h("button", {type: "submit", text: list.is_fixed ? "Set" : "Add", disabled: readOnly, title: readOnly ? "Read-only mode is on" : ""}))
    return h("section", {class: "panel"}, h("header", {}, h("h2", {text: list.title}), h("span", {class: "muted", text: list.about}),
        list.is_changed && h("button", {type: "button", class: "link", text: "As at first", disabled: readOnly, onclick: () => board.send({kind: "reset", what: list.kind})})),
      h("ul", {class: "rules"}, ...list.rules.map(rule => h("li", {class: "rule"}, ...rule.cells.map((text, i) => h("span", {class: "mono cut", text: text || (list.fields[i].name === "cluster" ? "every cluster" : "–"), title: text})),
        rule.note && h("span", {class: "note muted", text: rule.note}),
        !list.is_fixed && iconButton("close", `Forget ${rule.key}`, () => board.send({kind: "remove", what: list.kind, key: rule.key, cluster: rule.cluster}), {disabled: readOnly, class: "icon small"})))), form)
  }

  function themes() {
    const chosen = document.documentElement.dataset.theme || "system"
    return h("div", {class: "segs", role: "radiogroup", "aria-label": "Theme"}, ...Object.entries(THEMES).map(([name, text]) => h("button", {type: "button", class: "seg", role: "radio", "aria-checked": String(chosen === name), "aria-pressed": String(chosen === name), text,
      onclick: event => { window.clausiusTheme?.(name); for (const other of event.target.parentNode.children) { other.setAttribute("aria-pressed", String(other === event.target)); other.setAttribute("aria-checked", String(other === event.target)) } }})))
  }

  // each part by itself, so that news of a cluster takes nothing away that somebody types elsewhere
  const parts = {theme: h("div"), settings: h("div"), clusters: h("div")}, lists = new Map(), lines = new Map()
  content.append(...Object.values(parts))
  let last = null

  function draw(shown) {
    last = shown
    redraw(parts.theme, "theme", () => h("section", {class: "panel"}, h("header", {}, h("h2", {text: "This browser"})), h("ul", {class: "lines-of"},
      h("li", {}, h("div", {}, h("b", {text: "Theme"}), h("p", {class: "muted", text: "Kept in this browser."})), h("div", {class: "value"}, themes())))))
    redraw(parts.settings, shown.settings.map(one => one.key), keys => h("section", {class: "panel"}, h("header", {}, h("h2", {text: "Settings"}), h("span", {class: "muted", text: "for everybody who uses this store, at once"})),
      h("ul", {class: "lines-of"}, ...keys.map(key => { lines.set(key, h("li")); return lines.get(key) }))))
    for (const one of shown.settings) redraw(lines.get(one.key), {...one, value: board.now(one.key, one.value)}, setting)
    redraw(parts.clusters, shown.clusters, all => h("section", {class: "panel"}, h("header", {}, h("h2", {text: "Clusters"}), h("span", {class: "muted", text: "they are added and changed in a terminal"})),
      h("ul", {class: "lines-of"}, ...all.map(cluster), command("clausius add-cluster NAME LOGIN-HOST"))))
    for (const list of [...shown.run_lists, ...shown.lists]) {
      if (!lists.has(list.kind)) lists.set(list.kind, content.appendChild(h("div")))
      redraw(lists.get(list.kind), [list, shown.read_only], () => rules(list, shown.read_only))
    }
  }

  // what was refused is shown as it is, and not as it was typed
  model.on("notice", () => {
    if (JSON.parse(model.notice || "null")?.kind === "error") for (const line of lines.values()) line.shownSign = null
  })
  model.on("heard", () => { if (last) draw(last) })

  wireSheet(model, {board, root, draws: {
    fleet: fleet => { banner.hidden = !fleet.error; banner.textContent = fleet.error ? `This cannot be shown: ${fleet.error}` : "" },
    body: draw,
  }})
  return root
}
