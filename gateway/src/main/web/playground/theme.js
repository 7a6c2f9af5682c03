// Dark or light: as the system has it, until the button is pressed.
const KEY = 'donna-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

const chosen = () => localStorage.getItem(KEY);
const current = () => chosen() ?? (dark.matches ? 'dark' : 'light');

export function themeButton(button) {
  const show = () => {
    document.documentElement.dataset.theme = current();
    button.setAttribute('aria-label', current() === 'dark' ? 'Light theme' : 'Dark theme');
  };
  button.onclick = () => {
    localStorage.setItem(KEY, current() === 'dark' ? 'light' : 'dark');
    show();
  };
  dark.onchange = show;
  show();
}
