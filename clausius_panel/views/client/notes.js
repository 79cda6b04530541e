// Notes that keep themselves: a moment after the last letter they go to the server; until it has them, they lie in this browser.

function makeNotes(page) {
  const said = h("span", {class: "muted", role: "status"})
  const area = h("textarea", {class: "notes", placeholder: "What was tried, what came out …", "aria-label": "Notes", spellcheck: true, maxLength: 100000, oninput: () => changed(), onblur: () => send()})
  const node = h("section", {class: "panel"}, h("header", {}, h("h2", {text: "Notes"}), h("span", {class: "space"}), said), area)
  let key = "", waiting = null, number = 0, pending = false, kept = null
  const store = (act, ...rest) => { try { return localStorage[act](key, ...rest) } catch { return null /* storage is refused: the server has it in a moment */ } }

  function changed() {
    pending = true
    store("setItem", area.value)
    said.textContent = "…"
    clearTimeout(waiting)
    waiting = setTimeout(send, 700)
  }

  function send() {
    clearTimeout(waiting)
    if (!pending) return
    number += 1
    page.send({kind: "notes", text: area.value, number})
  }

  function saved(answer) {
    if (!answer || answer.number !== number) return
    if (answer.error) { said.textContent = `not saved: ${answer.error}`; said.classList.add("wrong"); return }
    pending = false
    store("removeItem")
    said.classList.remove("wrong")
    said.textContent = `saved ${new Date(clock.now() * 1000).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", hour12: false})}`
  }

  // what others write shows up here, unless somebody is writing
  function draw(run) {
    area.readOnly = page.fleet.read_only
    if (!key) {
      key = `clausius-notes:${run.key}`
      const draft = page.model.is_live ? store("getItem") : null
      area.value = kept = run.notes
      if (draft !== null && draft !== run.notes) { area.value = draft; changed() }
      return
    }
    if (run.notes !== kept && !pending) area.value = run.notes
    kept = run.notes
  }

  addEventListener("pagehide", send)
  return {node, draw, saved, stop: () => { send(); removeEventListener("pagehide", send) }}
}
