// "Go to": a few letters, and the pages, projects, runs and jobs that bear them.

function makeJump(bar) {
  const input = h("input", {type: "search", placeholder: "Go to a job, run, project or page …", "aria-label": "Go to", spellcheck: false, autocomplete: "off", role: "combobox", "aria-expanded": "true", oninput: () => {
    goes = false
    clearTimeout(waiting)
    waiting = setTimeout(ask, 120)
  }})
  const list = h("ul", {role: "listbox", "aria-label": "Places"}), none = h("p", {hidden: true})
  const dialog = h("dialog", {class: "jump", "aria-label": "Go to"}, input, list, none)
  let waiting = null, at = 0, listed = null, goes = false  // goes: Enter waits for the list of what was typed

  const ask = () => bar.send({kind: "jump", text: input.value})

  function mark(to) {
    const rows = [...list.children]
    at = rows.length ? (to + rows.length) % rows.length : 0
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === at)))
    rows[at]?.scrollIntoView({block: "nearest"})
  }

  function row(item) {
    return h("li", {role: "option"}, h("a", {href: item.href, tabIndex: -1}, h("span", {class: "kind", text: item.kind}), h("span", {class: "cut", text: item.title, title: item.title}),
      h("span", {class: "muted cut", text: item.note}), item.state && h("span", {class: `word ${item.state.family}`, title: item.state.tip}, icon(item.state.family), item.state.text)))
  }

  function draw(answer) {
    if (!dialog.open || !answer || answer.asked !== input.value) return
    const wrong = answer.found.find(item => item.kind === "error")
    list.replaceChildren(...(wrong ? [] : answer.found.map(row)))
    none.hidden = answer.found.length > 0 && !wrong
    none.textContent = wrong ? wrong.title : `Nothing is called ${answer.asked}.`
    mark(0)
    listed = answer.asked
    if (goes) go()
  }

  function go() {
    goes = listed !== input.value
    if (!goes) list.children[at]?.firstElementChild.click()
  }

  dialog.addEventListener("keydown", event => {
    if (!dialog.open) return  // closed, it keeps the focus for a moment
    event.stopPropagation()
    const by = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (by) { event.preventDefault(); mark(at + by) }
    if (event.key === "Enter") { event.preventDefault(); go() }
  })
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })

  function open() {
    if (dialog.open) return
    input.value = ""
    listed = null
    goes = false
    none.hidden = true
    list.replaceChildren()
    dialog.showModal()
    ask()
  }

  return {node: dialog, open, draw}
}
