// What lies above the board: menus, dialogs, and the one line that says what just happened.

function makeOverlay(board) {
  const menu = h("div", {class: "menu", popover: "auto"})
  const dialog = h("dialog", {class: "dialog", onclose: () => { dialog.shownSign = null }})
  const notice = h("div", {class: "notice", role: "status", "aria-live": "polite"})
  let fading = null

  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })
  dialog.addEventListener("keydown", event => event.stopPropagation())
  menu.addEventListener("keydown", event => { if (event.key !== "Escape") event.stopPropagation() })

  function openMenu(anchor, ...content) {
    menu.replaceChildren(...content.filter(Boolean))
    const box = anchor.getBoundingClientRect()
    menu.showPopover()
    const width = menu.offsetWidth
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`
    menu.style.top = `${box.bottom + 4}px`
    menu.style.maxHeight = `${Math.max(160, innerHeight - box.bottom - 16)}px`
    menu.querySelector("input, button")?.focus()
  }

  function say(text, kind = "info") {
    clearTimeout(fading)
    notice.className = `notice shown ${kind}`
    notice.textContent = text
    fading = setTimeout(() => notice.classList.remove("shown"), kind === "error" ? 12000 : 6000)
  }

  function openDialog(label, ...content) {
    dialog.setAttribute("aria-label", label)
    dialog.replaceChildren(...content)
    if (!dialog.open) dialog.showModal()
  }

  function line(item) {
    return h("li", {}, h("span", {class: "mono", text: item.id}), h("span", {class: "muted", text: item.cluster}),
      h("span", {class: "cut", text: item.name, title: item.name}), h("span", {class: "note", text: item.note}))
  }

  // Asked before jobs are cancelled, and told afterwards about those that were not.
  function ask(question) {
    const close = h("button", {type: "button", text: question.keep, onclick: () => dialog.close()})
    const confirm = question.confirm && h("button", {
      type: "button", class: "danger", text: question.confirm,
      onclick: () => { dialog.close(); board.send({kind: "cancel", keys: question.keys}) },
    })
    openDialog(question.title,
      h("h2", {text: question.title}),
      question.text && h("p", {class: "muted", text: question.text}),
      h("ul", {class: "lines"}, ...question.lines.map(line),
        question.more > 0 && h("li", {class: "muted", text: `and ${question.more} more`})),
      h("div", {class: "buttons"}, close, confirm))
    close.focus()  // Enter must not cancel what nobody has read
  }

  const KEYS = [
    ["/ or Ctrl K", "search"], ["j k", "next, previous job"], ["Enter", "open the job"], ["l", "its log, or its details"], ["x", "select the job"],
    ["c", "cancel the selected jobs, or this one"], ["r", "refresh now"], ["Esc", "close, then clear the selection"],
    ["[ ]", "previous, next page"], ["?", "this help"],
  ]

  function help() {
    openDialog("Keys", h("h2", {text: "Keys"}), h("dl", {class: "keys"},
      ...KEYS.flatMap(([keys, what]) => [h("dt", {}, ...keys.split(" ").map(key => key === "or" ? " or " : h("kbd", {text: key}))), h("dd", {text: what})])),
      h("div", {class: "buttons"}, h("button", {type: "button", text: "Close", autofocus: true, onclick: () => dialog.close()})))
  }

  const isOpen = () => dialog.open || menu.matches(":popover-open")

  return {nodes: [menu, dialog, notice], menu, isOpen, openMenu, say, ask, help}
}
