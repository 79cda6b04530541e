// Notes that keep themselves: a moment after the last letter they go to the server; until it has them, they lie in this browser.

function makeNotes(page) {
  const said = h("span", {class: "muted", role: "status"})
  const area = h("textarea", {class: "notes", placeholder: "What was tried, what came out …", "aria-label": "Notes", spellcheck: true, maxLength: 100000, oninput: () => changed(), onblur: () => send()})
  const node = h("section", {class: "panel"}, h("header", {}, h("h2", {text: "Notes"}), h("span", {class: "space"}), said), area)
  // `written` counts changes; `flying` is the one that the server is keeping; `pending`: the last is not kept yet
  let key = "", waiting = null, written = 0, flying = null, pending = false, kept = null
  const store = (act, ...rest) => { try { return localStorage[act](key, ...rest) } catch { return null /* storage is refused: the server has it in a moment */ } }

  function changed() {
    pending = true
    written += 1
    store("setItem", JSON.stringify({from: kept, text: area.value}))
    said.textContent = "…"
    clearTimeout(waiting)
    waiting = setTimeout(send, 700)
  }

  // one at a time, so that an older text is never written over a newer one; a lost answer is not waited for for ever
  function send({last = false} = {}) {
    clearTimeout(waiting)
    if (!pending || (flying && !last && performance.now() - flying.at < 10000)) return
    flying = {number: written, text: area.value, at: performance.now()}
    page.send({kind: "notes", text: flying.text, number: flying.number})
  }

  function saved(answer) {
    if (!answer || answer.number !== flying?.number) return
    const {text} = flying
    flying = null
    if (answer.error) { said.textContent = `not saved: ${answer.error}`; said.classList.add("wrong"); return }
    kept = text
    if (answer.number !== written) { send(); return }
    pending = false
    store("removeItem")
    said.classList.remove("wrong")
    said.textContent = `saved ${new Date(clock.now() * 1000).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", hour12: false})}`
  }

  // What was written here and not answered. Where somebody has written since, theirs stands, and ours is offered.
  function restore() {
    let draft = null
    try { draft = JSON.parse(store("getItem")) } catch { /* it is not of ours */ }
    const back = () => { area.value = draft.text; changed() }
    if (typeof draft?.text !== "string" || draft.text === kept) { store("removeItem"); return }
    if (draft.from === kept) { back(); return }
    said.replaceChildren("there are words of yours that were not saved ", h("button", {type: "button", class: "link", text: "Put them back", title: draft.text.slice(0, 400), onclick: back}))
  }

  // what others write shows up here, unless somebody is writing
  function draw(run) {
    area.readOnly = page.fleet.read_only
    if (!key) {
      key = `clausius-notes:${run.key}`
      area.value = kept = run.notes
      if (page.model.is_live) restore()
      return
    }
    if (run.notes !== kept && !pending) area.value = run.notes
    kept = run.notes
  }

  const leave = () => send({last: true})
  addEventListener("pagehide", leave)
  return {node, draw, saved, stop: () => { leave(); removeEventListener("pagehide", leave) }}
}
