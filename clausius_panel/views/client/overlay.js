// What lies above the board: menus, dialogs, and the one line that says what just happened.

function makeOverlay(board) {
  const menu = h("div", {class: "menu", popover: "auto"})
  const dialog = h("dialog", {class: "dialog", onclose: () => { dialog.shownSign = null }})
  const notice = h("div", {class: "notice", role: "status", "aria-live": "polite"})
  let fading = null, opener = null

  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })
  dialog.addEventListener("keydown", event => { if (dialog.open) event.stopPropagation() })
  // "close" comes a moment after it has closed, "cancel" (Escape) just before: the next key is meant for the page
  for (const end of ["cancel", "close"]) dialog.addEventListener(end, () => { delete document.body.dataset.modal })
  // closed, it keeps the focus for a moment: what is pressed then is meant for the page
  menu.addEventListener("keydown", event => { if (event.key !== "Escape" && menu.matches(":popover-open")) event.stopPropagation() })
  // the browser knows no way back to a button in a shadow root, nor to one that was drawn anew meanwhile
  menu.addEventListener("toggle", event => {
    const root = menu.getRootNode(), isLost = document.activeElement === document.body || menu.contains(root.activeElement)
    if (event.newState === "closed" && opener && isLost) root.querySelector(`[data-focus="${CSS.escape(opener)}"]`)?.focus()
  })

  function openMenu(anchor, ...content) {
    menu.replaceChildren(...content.filter(Boolean))
    opener = anchor.dataset?.focus
    const box = anchor.getBoundingClientRect()
    menu.showPopover()
    const width = menu.offsetWidth, below = innerHeight - box.bottom - 16, above = box.top - 16
    const up = below < Math.min(menu.scrollHeight, 280) && above > below
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`
    menu.style.top = up ? "auto" : `${box.bottom + 4}px`
    menu.style.bottom = up ? `${innerHeight - box.top + 4}px` : "auto"
    menu.style.maxHeight = `${Math.max(160, up ? above : below)}px`
    const first = menu.querySelector("input[type=search]") ?? menu.querySelector("input:not(:disabled), button:not(:disabled, [hidden])")
    first?.focus()
  }

  // Things to do, in groups; what does not apply says why. Arrows walk, a letter of the board's keys works too.
  function openActions(anchor, {title, groups}) {
    const button = item => h("button", {type: "button", role: "menuitem", class: `do${item.danger ? " danger" : ""}`, disabled: Boolean(item.why), title: item.why,
      onclick: () => { menu.hidePopover(); board.send(item.message) }},
      h("span", {text: item.title}), h("span", {class: "note cut", text: item.note}), item.key && h("kbd", {text: item.key}))
    openMenu(anchor, h("div", {class: "menu-head"}, h("b", {text: title})),
      h("div", {role: "menu", "aria-label": title, class: "actions", onkeydown: walk}, ...groups.filter(items => items.length).map(items => h("div", {role: "group"}, ...items.map(button)))))
  }

  function walk(event) {
    const by = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (!by) return
    event.preventDefault()
    const able = [...menu.querySelectorAll(".do:not(:disabled)")], at = able.indexOf(menu.getRootNode().activeElement)
    able[(at + by + able.length) % able.length]?.focus()
  }

  function say(text, kind = "info", undo = "", message = null) {
    clearTimeout(fading)
    notice.className = `notice shown ${kind}`
    notice.replaceChildren(h("span", {text}), undo && h("button", {type: "button", class: "link", text: undo,
      onclick: () => { notice.classList.remove("shown"); board.send(message) }}))
    fading = setTimeout(() => notice.classList.remove("shown"), kind === "error" || undo ? 12000 : Math.max(6000, 70 * text.length))
  }

  function openDialog(label, ...content) {
    dialog.setAttribute("aria-label", label)
    dialog.replaceChildren(...content)
    if (!dialog.open) dialog.showModal()
    document.body.dataset.modal = ""  // the app bar is another component: it must not hear keys meanwhile
  }

  function line(item) {
    return h("li", {}, h("span", {class: "mono", text: item.id}), h("span", {class: "muted", text: item.cluster}),
      h("span", {class: "cut", text: item.name, title: item.name}), h("span", {class: "note", text: item.note}))
  }

  function fieldOf({label, value, hint, choices, error}) {
    const input = h("input", {type: "text", value, id: "dialog-value", spellcheck: false, autocomplete: "off", "aria-describedby": "dialog-hint", "aria-invalid": String(Boolean(error))})
    if (choices.length) input.setAttribute("list", "dialog-choices")
    const node = h("div", {class: "field"}, h("label", {htmlFor: "dialog-value", text: label}), input,
      h("p", {id: "dialog-hint", class: error ? "wrong" : "muted", role: error ? "alert" : null, text: error ? `This cannot be right: ${error}.` : hint}),
      choices.length > 0 && h("datalist", {id: "dialog-choices"}, ...choices.map(each => h("option", {value: each}))))
    return {node, input}
  }

  // Asked before something is done, and told afterwards about what failed. A form stays until its value is accepted.
  function ask(question) {
    if (question.kind === "over") { dialog.close(); return }
    const field = question.field && fieldOf(question.field)
    const close = h("button", {type: "button", text: question.keep, onclick: () => dialog.close()})
    const go = () => {
      if (field) confirm.disabled = true
      else dialog.close()
      board.send({...question.message, ...field && {value: field.input.value}})
    }
    const confirm = question.confirm && h("button", {type: "submit", class: question.danger ? "danger" : "primary", text: question.confirm})
    openDialog(question.title, h("form", {onsubmit: event => { event.preventDefault(); go() }},
      h("h2", {text: question.title}),
      question.text && h("p", {class: "muted", text: question.text}),
      h("ul", {class: "lines"}, ...question.lines.map(line),
        question.more > 0 && h("li", {class: "muted", text: `and ${question.more} more`})),
      field && field.node,
      h("div", {class: "buttons"}, close, confirm)))
    if (field) field.input.select()
    else close.focus()  // Enter must not do what nobody has read
  }

  const KEYS = [
    ["/ or Ctrl K", "search"], ["j k", "next, previous job"], ["Enter", "open the job"], ["l", "its log, or its details"], ["x", "select the job"],
    ["c", "cancel the selected jobs, or this one"], ["h", "hold or release them"], ["m", "all that can be done to them"], ["r", "refresh now"], ["Esc", "close, then clear the selection"],
    ["[ ]", "previous, next page"], ...board.props?.cell ? [] : [["v", "runs instead of jobs"]], ["?", "this help"],
  ]

  function help() {
    openDialog("Keys", h("h2", {text: "Keys"}), h("dl", {class: "keys"},
      ...[...(board.keys ?? KEYS), ...(window.clausiusPages ?? [])].flatMap(([keys, what]) => [h("dt", {}, ...keys.split(" ").map(key => key === "or" ? " or " : h("kbd", {text: key}))), h("dd", {text: what})])),
      h("div", {class: "buttons"}, h("button", {type: "button", text: "Close", autofocus: true, onclick: () => dialog.close()})))
  }

  const isOpen = () => dialog.open || menu.matches(":popover-open")

  return {nodes: [menu, dialog, notice], menu, isOpen, openMenu, openActions, openDialog, say, ask, help}
}
