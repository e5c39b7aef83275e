import { render } from 'preact';

import '../styles/index.css';
import '../styles/analytics.css';
import { AnalyticsPage } from './page.js';

render(<AnalyticsPage />, document.querySelector('#app') as HTMLElement);
