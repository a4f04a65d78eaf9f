import { render } from 'preact';
import { App } from './state/app.js';
import { Page } from './view/page.js';

const app = new App();
app.start();
render(<Page app={app} />, document.querySelector('#page')!);
