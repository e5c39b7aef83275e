import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import { Announcer } from '../shared/announcer.js';
import { Header } from '../shared/header.js';
import { identity } from '../shared/identity.js';
import { SignIn } from '../shared/sign-in.js';
import { DropZone } from './drop-zone.js';
import { DuplicateDialog } from './duplicate-dialog.js';
import { FileList } from './file-list.js';
import { items } from './items.js';
import { Panel } from './panel.js';
import { status } from './uploads.js';

export function UploadPage(): JSX.Element {
  const now = status.value;
  useEffect(() => (now.kind === 'running' ? keepOpen() : undefined), [now.kind]);
  return (
    <>
      <Header page="Upload" />
      <main id="main" class="narrow">
        <h1>Upload files</h1>
        {identity.value ? (
          <>
            <DropZone />
            {items.value.length > 0 && <Panel />}
            {items.value.length > 0 && <FileList />}
          </>
        ) : (
          <SignIn />
        )}
        {now.kind === 'duplicate' && <DuplicateDialog outcome={now.outcome} fileCount={now.fileCount} />}
      </main>
      <Announcer />
    </>
  );
}

/** Has the browser ask before it leaves the page, which would end the upload. */
function keepOpen(): () => void {
  const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
}
