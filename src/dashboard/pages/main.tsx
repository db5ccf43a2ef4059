import { render } from 'preact';
import './styles/all.css';
import { App } from './app.js';
import { followLinks } from './router.js';
import { begin } from './session.js';
import { applyTheme } from './theme.js';

applyTheme();
followLinks();
void begin();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
