// What went wrong is read first: the summary of errors takes the focus when the page arrives.
document.querySelector("[data-focus]")?.focus();
