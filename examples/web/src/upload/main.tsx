import { render } from 'preact';

import '../styles/index.css';
import '../styles/upload.css';
import { UploadPage } from './page.js';

render(<UploadPage />, document.querySelector('#app') as HTMLElement);
